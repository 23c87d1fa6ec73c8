/** The emulators by provider id, and the jobs that run on them. */

import type { ProviderTable } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import type { MintClaims, TestIssuer } from '../test-issuer.ts'
import * as all from './all.ts'
import type { Emulator } from './emulator.ts'
import type { JobOptions, RunningJob } from './job.ts'
import { startJob } from './start-job.ts'

/** `githubActions` is the emulator of `github-actions`. */
const idOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const emulators: ReadonlyMap<string, Emulator> = new Map(
  Object.entries<Emulator>(all).map(([name, each]) => [idOf(name), each]),
)

const jobOptions = {
  trigger: true,
  header: true,
  issuedAt: true,
  permission: true,
  variable: true,
  faults: true,
} as const

/** Starts a job on the platform of a provider's table. */
export async function startJobOf<W>(
  { id, title }: ProviderTable,
  issuer: Pick<TestIssuer<W>, 'claims' | 'mint'>,
  claims: MintClaims<W> = {},
  options: JobOptions<W> = {},
): Promise<RunningJob> {
  const read = readOptions<JobOptions<W>>('startJob(): its options', options, jobOptions)
  const { permission = true, variable, faults = [], ...minting } = read
  const emulator = emulators.get(id)
  if (emulator === undefined)
    throw new TypeError(
      `${title} has no emulator: give your job a token of mint(). Known: ${[...emulators.keys()].join(', ')}`,
    )
  const { aud: audience, ...others } = claims as Readonly<Record<string, unknown>>
  return startJob(emulator, {
    permission,
    variable,
    faults,
    audience,
    now: () => issuer.claims({}, minting)['iat'] as number,
    mint: async (more) => issuer.mint({ ...more, ...claims }, minting),
    mintDefault: async () => issuer.mint(others as MintClaims<W>, minting),
  })
}
