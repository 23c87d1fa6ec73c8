/** Builds and starts a Next.js app in tests. */

import { createRequire } from 'node:module'
import { programsOf } from '@jobpass/testing/internal'

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const env = { NEXT_TELEMETRY_DISABLED: '1', PORT: '0' } as const

type Programs = ReturnType<typeof programsOf>

/** The app in a folder. */
interface NextApp extends Pick<Programs, 'printed' | 'stop'> {
  /** Resolves to the exit code of `next build`. */
  readonly build: () => Promise<number | null>
  /** Starts the built app, or another program that serves it; resolves to its URL. */
  readonly start: (issuer: Parameters<Programs['serve']>[1], program?: readonly string[]) => Promise<string>
}

export function nextAt(folder: string): NextApp {
  const { run, serve, printed, stop } = programsOf(folder)
  return {
    build: async () => (await run([next, 'build'], env)).code,
    start: (issuer, program = [next, 'start']) => serve(program, issuer, env),
    printed,
    stop,
  }
}
