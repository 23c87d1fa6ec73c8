/** For the site of this repository only; not published. It runs in browsers, too. */

export { identify } from './explain/identify.ts'
export { issuerFor, mintClaims } from './explain/local-issuer.ts'
