/** Attacks with jobs of other owners. */

import type { Attack } from './attack.ts'

const api = "'https://api.acme.dev'"

/** Trusting too much of a shared issuer. */
export const tenantAttacks: readonly Attack[] = [
  {
    id: 'A1',
    title: 'No condition on the tenant: anyone with an account on the platform can call',
    impossible: [
      'githubActions({})',
      'gitlab({ refProtected: true })',
      `createVerifier({ audience: ${api}, trust: githubActions })`,
    ],
  },
  {
    id: 'A2',
    title: 'A wildcard where the tenant should be',
    impossible: [
      "githubActions({ repository: glob('*/shop') })",
      "gitlab({ owner: glob('*') })",
      "githubActions({ owner: '*', branch: 'main' })",
    ],
  },
  {
    id: 'A3',
    title: 'A trusted family of issuers, of which anyone can own one',
    impossible: ["circleci.at('https://oidc.circleci.com/org/*')", "githubActions.at('https://*.ghe.com')"],
    refused: ['T16', 'T17', 'P46', 'P48'],
  },
  {
    id: 'A4',
    title: 'The token supplies its own key, key URL or algorithm',
    lint: {
      L043: "gitlab.at('http://127.0.0.1:8080', { insecureLoopback: true })({ repositoryId: '1', branch: 'main' })",
    },
    refused: ['T14', 'T19', 'T20', 'T52'],
  },
  { id: 'A5', title: 'A token of the same issuer that does not belong to a job', refused: ['T66', 'T67'] },
]

/** Names that look like other names. */
export const nameAttacks: readonly Attack[] = [
  {
    id: 'B1',
    title: 'An organization whose name begins like the trusted one',
    impossible: ["githubActions({ repository: glob('acme*/shop') })"],
    refused: ['P17'],
  },
  {
    id: 'B2',
    title: 'A repository whose name begins like the trusted one, or any new one of the owner',
    lint: {
      L003: "githubActions({ repository: glob('acme/api*'), branch: 'main' })",
      L004: "gitlab({ repository: glob('acme/**'), branch: 'main' })",
      L005: "jenkins.at('https://jenkins.acme.dev/oidc')({}, { anyWorkload: true })",
    },
    refused: ['P16', 'R02'],
  },
  {
    id: 'B3',
    title: 'A name that was freed and taken by someone else',
    impossible: [`createVerifier({ audience: ${api}, strict: true, trust: githubActions({ owner: 'acme' }) })`],
    lint: {
      L001: "githubActions({ repository: 'acme/shop', branch: 'main' })",
      L002: "githubActions({ ownerId: '1234567', repository: 'acme/shop', branch: 'main' })",
    },
    refused: ['P18'],
  },
  {
    id: 'B4',
    title: 'A name that looks like a name with an id',
    lint: { L054: "githubActions({ ownerId: '123456', subject: 'repo:acme-123456/app-456789:ref:refs/heads/main' })" },
  },
  {
    id: 'B5',
    title: 'A rule widened while subjects change their format',
    impossible: ["githubActions({ ownerId: '1234567', subject: glob('repo:acme*/app*:*') })"],
    refused: ['T68'],
  },
  { id: 'B6', title: 'Letter case: ignored where it matters', refused: ['P14'] },
]
