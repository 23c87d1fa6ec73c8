import { fetchGuard, githubActions } from '@jobpass/core'
import { withWorkload } from '../../with-workload.ts'
import { ran } from '../runs.ts'

const throwing = fetchGuard(
  { audience: 'https://deploy.acme.dev', trust: githubActions({ ownerId: '1234567' }), errors: 'throw' },
  githubActions({ repository: 'acme/shop', branch: 'main' }),
)

export const loader = withWorkload(throwing, ran('throws'))
