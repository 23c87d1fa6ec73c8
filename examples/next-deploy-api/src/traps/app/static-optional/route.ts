import { fetchGuard, githubActions } from '@jobpass/core'
import { withWorkload } from '../../../with-workload.ts'

export const dynamic = 'force-static'

const anyone = fetchGuard({
  audience: 'https://deploy.acme.dev',
  trust: githubActions({ ownerId: '1234567' }),
  optional: true,
})

export const GET = withWorkload(anyone, (_request, workload) => Response.json({ caller: workload?.repository ?? null }))
