import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { H3, toNodeHandler } from 'h3'
import type { EventHandler } from 'h3'
import { requireWorkload } from '../../examples/h3-deploy-api/src/require-workload.ts'
import { fetchGuardsOf } from './fetch-guards.ts'

const h3App = (app: ConformanceApp): H3 => {
  const { always, routes } = fetchGuardsOf(app)
  const h3 = new H3({ silent: true })
  for (const guard of always) h3.use(requireWorkload(guard as never))
  const handler: EventHandler = ({ context }) => {
    app.handled()
    return { workload: context.workload ?? null }
  }
  for (const { method, path, guards } of routes)
    h3.on(method as 'POST', path, handler, { middleware: guards.map((guard) => requireWorkload(guard as never)) })
  return h3
}

export const h3Mounts: Readonly<Record<string, Mount>> = {
  'h3 2': async (app) => overHttp(toNodeHandler(h3App(app))),
}
