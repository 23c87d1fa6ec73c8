/** Runs the conformance suite in a Worker. Each request runs one mount; the answer is JSON. */

import { createWorld } from '@jobpass/testing/conformance'
import { inProcessMounts } from './in-process.ts'
import { runMount } from './run-mount.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1))
    const mount = inProcessMounts[name]
    if (mount === undefined) return Response.json(Object.keys(inProcessMounts))
    return Response.json(await runMount(name, mount, await createWorld()))
  },
}
