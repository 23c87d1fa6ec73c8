/** A Redis of the test's own, where the machine has the program. */

import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** Whether it can be started; says so where it cannot. */
export function redisInstalled(): boolean {
  const found = spawnSync('redis-server', ['--version']).status === 0
  if (!found) process.stdout.write('redis-server is not on this machine: what needs it is skipped\n')
  return found
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts one that keeps nothing on disk. */
export async function startRedis(port: number): Promise<ChildProcess> {
  const options = { bind: '127.0.0.1', port: String(port), save: '', appendonly: 'no' }
  const redis = spawn(
    'redis-server',
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  )
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept connections')) break
  redis.stdout.resume()
  return redis
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
