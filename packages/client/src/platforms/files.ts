/** Platforms that keep a token in a file, and replace it before it expires. */

import type { Platform } from '../platform.ts'
import { isSet, valueOf } from '../platform.ts'

/** A platform whose token is in the file that a variable names. It is read at each use. */
function inFile(variable: string, row: Pick<Platform, 'id' | 'title' | 'runs' | 'fix'>): Platform {
  return {
    ...row,
    offers: isSet(variable),
    request: ({ job }) => job.readFile(valueOf(job.env, variable)),
  }
}

/** A file of ours: for Kubernetes, Jenkins and RWX, whose jobs choose the place of their token. */
export const givenFile: Platform = inFile('JOBPASS_ID_TOKEN_FILE', {
  id: 'given-file',
  title: 'JOBPASS_ID_TOKEN_FILE',
  fix: (audience) => `Let the file hold a token with the audience ${audience}`,
})

export const renderServices: Platform = {
  ...inFile('AWS_WEB_IDENTITY_TOKEN_FILE', {
    id: 'render-services',
    title: 'Render',
    runs: (env) => env['RENDER'] === 'true',
    fix: () => 'Set AWS_ROLE_ARN to any value; the audience of its tokens is sts.amazonaws.com, and cannot be chosen',
  }),
  // Kubernetes clusters of AWS set the same variable.
  offers: (env) => env['RENDER'] === 'true' && Boolean(env['AWS_WEB_IDENTITY_TOKEN_FILE']),
}

export const kubernetes: Platform = {
  id: 'kubernetes',
  title: 'Kubernetes',
  // The token for the cluster's own API is never sent elsewhere.
  offers: () => false,
  runs: isSet('KUBERNETES_SERVICE_HOST'),
  fix: (audience) =>
    `Add a projected volume with serviceAccountToken: { audience: '${audience}', path: token }, and set JOBPASS_ID_TOKEN_FILE to its path`,
  request: () => Promise.reject(new Error('no token')),
}
