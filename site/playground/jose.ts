/** The parts of jose that the page uses, for its bundle. */

export { compactVerify } from 'jose/jws/compact/verify'
export { SignJWT } from 'jose/jwt/sign'
export { exportJWK } from 'jose/key/export'
export { generateKeyPair } from 'jose/key/generate/keypair'
export { importJWK } from 'jose/key/import'
export * as errors from 'jose/errors'
