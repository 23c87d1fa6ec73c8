/** For the site of this repository only; not published. */

export { identify } from './explain/identify.ts'
export { issuerFor, mintClaims } from './explain/local-issuer.ts'
