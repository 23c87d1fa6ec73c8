/**
 * Signing keys of an exchange in a key management service: AWS KMS, Google Cloud KMS, Azure Key
 * Vault, and the transit engine of Vault and OpenBao.
 *
 * @module
 */

export { awsKmsKey } from './aws.ts'
export type { AwsKms } from './aws.ts'
export { azureKeyVaultKey } from './azure.ts'
export type { AzureCryptography, AzureJsonWebKey, AzureKeys } from './azure.ts'
export { gcpKmsKey } from './gcp.ts'
export type { GcpChecksum, GcpKms, GcpPublicKey, GcpSignature } from './gcp.ts'
export type { RsaOptions } from './algorithms.ts'
export { vaultTransitKey } from './vault.ts'
export type { VaultTransitOptions } from './vault.ts'
