import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'
import { runs } from '../runs.ts'

export const loader = withWorkload(
  mayDeploy,
  (_args, { repository }) =>
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
