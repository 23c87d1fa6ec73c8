import type { AnyWorkload } from '@jobpass/core'
import { mayDeployTo } from '../../../../guards.ts'
import { withWorkload } from '../../../../with-workload.ts'

interface Context {
  readonly params: Promise<{ readonly name: string }>
}

const deploy = async (_request: Request, { commit }: AnyWorkload, { params }: Context): Promise<Response> => {
  const { name } = await params
  console.log(`deploying ${commit} to ${name}`)
  return Response.json({ deployed: commit, environment: name })
}

// The parameter finds the guard, since the handler reads it too. The URL of a rewrite is another.
export const POST = async (request: Request, context: Context): Promise<Response> => {
  const { name } = await context.params
  return withWorkload(mayDeployTo(name), deploy)(request, context)
}
