// The policy is replaced while requests run: none is lost, and each is decided by one version.

import { renameSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Program } from '../cli/program.ts'
import { bundleProgram } from '../cli/program.ts'
import type { Running } from '../cli/running.ts'
import { start } from '../cli/running.ts'
import { send } from './rig.ts'

const requests = 5_000
const connections = 20
const audience = 'https://api.acme.dev'
const issuer = await (await createTestIssuer(githubActions)).listen()
const branches = ['main', 'dev'] as const
const tokens = {
  main: await issuer.mint({ aud: audience }),
  dev: await issuer.mint({ aud: audience, branch: 'dev' }),
}
// Trust and guard admit the same jobs. So a guard refuses a job that trust admits only where the
// two are of different versions.
const policyFor = (branch: string): string =>
  `rules:\n  deploy: { provider: github-actions, repositoryId: '74205118', branch: ${branch} }\n...\n`

let program: Program
let guard: Running
let port: number
beforeAll(async () => {
  program = await bundleProgram()
  program.write('policy.yaml', policyFor('main'))
  const args = ['serve', '--audience', audience, '--issuer', issuer.issuer, '--port', '0']
  guard = await start(program, args, '/trust')
  port = Number(/127\.0\.0\.1:(\d+)/.exec(guard.out)?.[1])
})
afterAll(async () => {
  await guard.stop('SIGKILL')
  program.remove()
  await issuer.close()
})

test('every request is answered by one version, and only by the new one once that is reported', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const ask = (branch: (typeof branches)[number]): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${tokens[branch]}` }
      request({ host: '127.0.0.1', port, path: '/guards/deploy', headers, agent })
        .once('response', (answer) => answer.resume().once('end', () => resolve(answer.statusCode)))
        .once('error', reject)
        .end()
    })
  let sent = 0
  let reported = false
  void guard.logged(': /guards/deploy, ').then(() => (reported = true))
  const counts = { old: 0, new: 0 }
  const faults: string[] = []
  const work = async (): Promise<void> => {
    while (sent < requests) {
      const number = sent++
      const branch = branches[number % 2] as 'main' | 'dev'
      if (number === requests / 2) replace()
      const afterReport = reported
      const status = await ask(branch)
      const version = status === 200 ? branch : status === 403 ? branches[1 - branches.indexOf(branch)] : undefined
      if (version === 'main') counts.old++
      else if (version === 'dev') counts.new++
      if (version === undefined || (afterReport && version === 'main')) faults.push(`${number}: ${branch} ${status}`)
    }
  }
  const replace = (): void => {
    renameSync(program.write('policy.new', policyFor('dev')), `${program.folder}/policy.yaml`)
    guard.signal('SIGHUP')
  }
  await Promise.all(Array.from({ length: connections }, work))
  agent.destroy()
  process.stdout.write(`${counts.old} answers by the old version, ${counts.new} by the new one\n`)
  expect(faults).toEqual([])
  expect([reported, counts.old + counts.new, counts.old > 0, counts.new > 0]).toEqual([true, requests, true, true])
  const { body } = await send(port, { path: '/metrics' })
  expect(body).toMatch(/layer="trust",result="allowed"/)
  expect(body).not.toMatch(/layer="route",result="workload_forbidden"/)
})
