/**
 * A catch-all route handler on the server of Next.js, from the build of an example. Next.js
 * replaces globals, such as `Date` and `fetch`: only a process of its own may import this file.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { fetchApp } from './fetch-app.ts'

/** The part of Next.js that is used: its own types change those of Node in the whole repository. */
type Next = (options: { readonly dir: string }) => { prepare(): Promise<void>; getRequestHandler(): RequestListener }

const dir = new URL('../../examples/next-deploy-api/src/traps/', import.meta.url)
const next = createRequire(dir)('next') as Next

/** The app of the mount that a request is for. */
const apps = new AsyncLocalStorage<ReturnType<typeof fetchApp>>()
Object.assign(globalThis, { answerOfApp: (request: Request) => apps.getStore()?.(request) })

const server = next({ dir: fileURLToPath(dir) })
await server.prepare()

export const nextMounts: Readonly<Record<string, Mount>> = {
  'Next.js 16': async (app) => {
    const answer = fetchApp(app)
    return overHttp((req, res) => apps.run(answer, () => server.getRequestHandler()(req, res)))
  },
}
