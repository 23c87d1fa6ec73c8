import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'

export const GET = withWorkload(mayDeploy, (_request, { commit }) => {
  const lines = ['building', 'deployed'].values()
  const log = new ReadableStream<string>({
    pull: (stream) => {
      const { done, value } = lines.next()
      if (done) return stream.close()
      console.log(`${value} ${commit}`)
      stream.enqueue(`${value}\n`)
    },
  })
  return new Response(log.pipeThrough(new TextEncoderStream()))
})
