/** The example for Workers, for an issuer on this machine: its address and key are bindings. */

import { githubActions } from '@jobpass/core'
import { createHandler } from '../../examples/worker-deploy-api/src/handler.ts'

let handle: ReturnType<typeof createHandler> | undefined

export default {
  fetch(request: Request, { ISSUER }: { readonly ISSUER: string }): Promise<Response> {
    const provider = githubActions.at(ISSUER, { jwksUri: `${ISSUER}/jwks`, insecureLoopback: true })
    handle ??= createHandler({ githubActions: provider })
    return handle(request)
  },
}
