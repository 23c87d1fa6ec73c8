/** Files of cases, for editors. */

import { errorCodes } from '@jobpass/core'
import type { JsonSchema } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import { dialect, list, object, text } from './parts.ts'

const claims: JsonSchema = { type: 'object', description: 'Claims, or fields of the identity that are made of them.' }

/** The schema. */
export const casesSchema: JsonSchema = {
  $schema: dialect,
  title: 'Cases of a policy, for jobpass test',
  ...object(
    {
      $schema: { type: 'string' },
      description: { type: 'string' },
      policy: text('The path of the policy, relative to this file. Default: policy.yaml.'),
      audience: { description: 'The names of the API.', anyOf: [{ type: 'string' }, list({ type: 'string' })] },
      trust: text('The set of rules that the server passes as its option trust. Default: all rules.'),
      cases: {
        ...list({
          ...object(
            {
              name: text('A sentence.'),
              set: text('The set of rules; not needed where there is one.'),
              job: object(
                {
                  provider: { enum: providers.map(({ id }) => id), description: 'The platform.' },
                  trigger: text('The kind of job, such as pull_request.'),
                  issuer: text('The issuer, for a platform without one of its own.'),
                  claims,
                },
                ['trigger', 'issuer', 'claims'],
              ),
              claims: { type: 'object', description: 'All claims of the token, instead of a job.' },
              expect: {
                enum: ['allow', ...Object.keys(errorCodes)],
                description: 'allow, or the code of the refusal.',
              },
              check: text('The field that must be among the failed checks.'),
            },
            ['set', 'job', 'claims', 'check'],
          ),
          oneOf: [{ required: ['job'] }, { required: ['claims'] }],
        }),
        minItems: 1,
      },
    },
    ['$schema', 'description', 'policy', 'audience', 'trust'],
  ),
}
