import { mayDeploy } from '../../../../lib/server/guards.ts'
import { withWorkload } from '../../../../lib/with-workload.ts'
import { runs } from '../../../runs.ts'

export const GET = withWorkload(
  mayDeploy,
  (_event, { repository }) =>
    new Response(
      new ReadableStream({
        pull: (stream) => {
          runs.push('stream')
          stream.enqueue(new TextEncoder().encode(repository))
          stream.close()
        },
      }),
    ),
)
