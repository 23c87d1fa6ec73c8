import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  sub: 'id', // a number as text, never reused
  // The account's number, or its email where a key of the account was used; for a person, an
  // application.
  azp: 'id',
  email: 'text', // can be reused after the account was deleted
  email_verified: 'boolean',
  google: {
    compute_engine: {
      project_id: 'text',
      project_number: 'number',
      zone: 'text',
      instance_id: 'text',
      instance_name: 'text', // chosen by the creator of the machine
      instance_creation_timestamp: 'number',
      instance_confidentiality: 'number',
      license_id: 'text[]',
    },
  },
} as const
const requiredClaims = {
  sub: 'rules pin it',
  azp: 'distinguishes a service account from a person, whose token names the application that the person signed in to',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const isServiceAccount = (email: string): boolean => email.endsWith('.gserviceaccount.com')

const identity = {
  serviceAccountId: 'sub',
  /** The verified e-mail address of the service account; absent for people. */
  serviceAccount: ({ email = '', email_verified: verified }: Claims): string | undefined =>
    verified === true && isServiceAccount(email) ? email : undefined,
} as const

/** A workload that runs as a service account of Google Cloud. */
export interface GoogleCloudWorkload extends WorkloadOf<
  'google-cloud',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Service accounts of Google Cloud, under which Cloud Build, Cloud Run, Compute Engine and others
 * run. People sign in at the same issuer; their tokens are refused.
 *
 * Source: https://cloud.google.com/docs/authentication/get-id-token
 *
 * @example
 * ```ts
 * googleCloud({ serviceAccountId: '104872563198745632101' })
 * ```
 */
export const googleCloud: Provider<GoogleCloudWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'google-cloud',
  title: 'Google Cloud',
  issuer: 'https://accounts.google.com',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['serviceAccountId', 'serviceAccount'],
  lifetime: { usual: 3600, max: 3600 },
  keyHosts: ['www.googleapis.com'],
  optInClaims: { serviceAccount: "format=full at the metadata server, or gcloud's --include-email" },
  unsupported: {
    branch:
      'tokens name only the service account, in Cloud Build too. Run builds of the branch as a separate service account, and write serviceAccountId',
    ref: 'tokens name only the service account, in Cloud Build too. Run builds of the ref as a separate service account, and write serviceAccountId',
    repository:
      'tokens name only the service account, in Cloud Build too. Run builds of the repository as a separate service account, and write serviceAccountId',
    environment:
      'tokens name only the service account. Give each environment a separate service account, and write serviceAccountId',
    ownerId: 'not every token names the organization or the project. Write serviceAccountId',
  },
  otherTokens: [
    {
      claim: 'azp',
      like: '*.apps.googleusercontent.com',
      hint: 'The token is of a person who signed in to an application. Request one as a service account, such as from the metadata server.',
    },
  ],
  // A service account requests tokens for itself. A person's token names an application, or has
  // another email address.
  validate: ({ sub, azp, email, email_verified: verified }) => {
    if (azp !== sub && !(verified === true && azp === email)) return 'azp'
    return email === undefined || email === '' || isServiceAccount(email) ? undefined : 'email'
  },
})
