import { mayDeploy } from '../../../guards.ts'
import { withWorkload } from '../../../with-workload.ts'
import { runs } from '../../runs.ts'

export const GET = withWorkload(
  mayDeploy,
  (_context, { repository }) =>
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
