/**
 * Counts the files and functions that run during one request, by V8's precise coverage:
 * `npm run bench:path`.
 */

import { Session } from 'node:inspector/promises'
import { createAuthenticator, createGuard } from '@jobpass/core/adapter'
import { githubActions } from '@jobpass/core'
import { verifierFor } from './provider.ts'
import { mint } from './mint.ts'
import { issuer, makeKey, ownerId } from './tokens.ts'

const key = makeKey('RS256')
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

const { authenticate } = createAuthenticator(verifierFor(key))
const guard = createGuard([githubActions.at(issuer)({ ownerId, repository: 'acme/shop' })])

async function request(token: string): Promise<void> {
  const req = {}
  const refused = (await authenticate(req, [`Bearer ${token}`])) ?? (await guard(req, undefined))
  if (refused !== undefined) throw new Error(`refused: ${refused.body}`)
}

/** Prints how many files and functions of our packages one request runs. */
async function count(name: string, run: () => Promise<void>): Promise<void> {
  await session.post('Profiler.takePreciseCoverage')
  await run()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const ours = result
    .filter(({ url }) => /\/packages\/[a-z]+\/src\//.test(url))
    .map(({ url, functions }) => ({
      file: url.replace(/^.*\/packages\//, ''),
      functions: functions.filter(
        ({ functionName, ranges: [range] }) =>
          range !== undefined && range.startOffset > 0 && range.count > 0 && functionName !== '__name',
      ),
    }))
    .filter(({ functions }) => functions.length > 0)
  const functions = ours.flatMap(({ file, functions: each }) =>
    each.map(({ functionName, ranges }) => `${file} ${functionName || `at ${ranges[0]?.startOffset}`}`),
  )
  console.log(`${name}: ${ours.length} files, ${functions.length} functions`)
  if (process.argv.includes('--list')) console.log(functions.map((each) => `  ${each}`).join('\n'))
}

const token = mint(key)
await request(token)
await request(token)
await count('the same token again', () => request(token))
await count('a new token', () => request(mint(key)))
