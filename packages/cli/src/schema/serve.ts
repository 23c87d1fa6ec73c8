/** A line of the log of `jobpass serve --json`. */

import { errorCodes } from '@jobpass/core'
import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, text } from './parts.ts'

/** The schema. */
export const serveSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass serve --json',
  ...object(
    {
      time: text('When it happened: ISO 8601, in UTC.'),
      event: { enum: ['started', 'refused', 'reloaded', 'rejected', 'keys', 'warning', 'failed', 'stopping'] },
      message: text('The event on one line.'),
      url: text('Where the server listens.'),
      fingerprint: text('The version of the policy.'),
      guards: list(text('The path of a guard.')),
      guard: text('The guard that refused.'),
      layer: { enum: ['token', 'trust', 'route'] },
      code: { enum: Object.keys(errorCodes), description: 'The code of the refusal.' },
      status: { enum: [400, 401, 403, 503] },
      method: text('The method of the request, as the proxy has it.'),
      path: text('Its path, without the query.'),
      provider: text('The id of the platform of a verified caller.'),
      repository: text('The repository of a verified caller.'),
      reported: { type: 'boolean', description: 'Whether the rules that only report would have admitted the request.' },
      issuer: text('The issuer whose keys could not be fetched.'),
    },
    [
      'url',
      'fingerprint',
      'guards',
      'guard',
      'layer',
      'code',
      'status',
      'method',
      'path',
      'provider',
      'repository',
      'reported',
      'issuer',
    ],
  ),
}
