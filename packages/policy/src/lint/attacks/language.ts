/** Attacks on how conditions and tokens are interpreted. */

import type { Attack } from './attack.ts'

const org = "'3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'"

/** Pitfalls of a rule language and its implementation. */
export const languageAttacks: readonly Attack[] = [
  {
    id: 'E1',
    title: 'A negation that matches because the claim is absent',
    lint: {
      L051: "githubActions({ repositoryId: '74205118', environment: not('preview') })",
      L052: "{ deny: gitlab.deny({ branch: not('main') }) }",
    },
    refused: ['R08'],
  },
  {
    id: 'E2',
    title: 'A condition on a claim that does not exist, and so requires nothing',
    impossible: ["gitlab.deny({ claims: { ref_protectd: 'true' } })", "githubActions({ ownerId: '1', branch: [] })"],
    lint: { L055: "gitlab({ ownerId: '99', branch: 'main', claims: { ref_protectd: 'true' } })" },
  },
  {
    id: 'E3',
    title: 'A pattern that is not anchored',
    impossible: [
      "githubActions({ repository: 'acme/shop', branch: /main/ })",
      "githubActions({ repositoryId: '74205118', branch: '^main|next$' })",
    ],
    lint: { L060: "githubActions({ repositoryId: '74205118', branch: 'main', environment: '^prod|main$' })" },
    refused: ['R02', 'R04'],
  },
  {
    id: 'E4',
    title: 'A value of another type: "false" that counts as true, an id that is a number',
    impossible: ["gitlab({ ownerId: '99', refProtected: 'false' })", 'githubActions({ repositoryId: 74205118 })'],
    refused: ['T62', 'T63'],
  },
  {
    id: 'E5',
    title: 'Several values where one is expected',
    lint: { L041: "githubActions({ repositoryId: '74205118', branch: 'main' }, { multipleAudiences: true })" },
    refused: ['T51', 'R16'],
  },
  {
    id: 'E6',
    title: 'A token for a shared audience, or for another service',
    impossible: ["createVerifier({ audience: 'https://github.com/acme', trust: githubActions({ owner: 'acme' }) })"],
    lint: { L040: "gitlab({ repositoryId: '48120077', branch: 'main' }, { audience: 'https://gitlab.com' })" },
    refused: ['T44', 'T45'],
  },
  {
    id: 'E7',
    title: 'A token found in a log, used again',
    lint: { L042: `circleci({ ownerId: ${org}, repository: 'github.com/acme/shop', branch: 'main' })` },
    refused: ['T58', 'T59', 'R26'],
  },
  {
    id: 'E8',
    title: 'Age measured from a date that the issuer backdates',
    outside: 'A rule limits the age and names no dates; the age is always measured from `iat`.',
    refused: ['T58'],
  },
  {
    id: 'E9',
    title: 'A weak rule next to a strong one',
    lint: {
      L073: "[githubActions({ ownerId: '1234567' }), githubActions({ ownerId: '1234567', branch: 'main' })]",
      L074: "{ routes: { deploy: gitlab({ ownerId: '99' }), publish: gitlab({ ownerId: '99' }) } }",
    },
    refused: ['R24'],
  },
  {
    id: 'E10',
    title: 'An issuer that begins or ends like the trusted one',
    impossible: [
      "gitlab.at('https://gitlab.com#x')",
      "gitlab.at('https://gitlab.com//')",
      "gitlab.at('https://gitlab.com/%2e')",
    ],
    refused: ['T14', 'T15'],
  },
]
