/**
 * nginx in front of processes, as an operator runs it. Without nginx, tests are skipped and the
 * reason is printed.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './redis-server.ts'
import { until } from './setups.ts'

/** Whether nginx is installed. */
export const hasNginx = ((): boolean => {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    process.stdout.write('nginx is not on this machine: what needs it is skipped\n')
    return false
  }
})()

interface Nginx {
  /** Its address, without a slash at the end. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts nginx on a port, by default a free one: it sends each request to the next process. */
export async function startNginx(processes: readonly number[], port?: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'jobpass-nginx-'))
  const own = port ?? (await freePort())
  const servers = processes.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${name};`)
    .join(' ')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `events {}
     http {
       access_log off; ${temporary}
       upstream fleet { ${servers} }
       server { listen 127.0.0.1:${own}; location / { proxy_pass http://fleet; } }
     }`,
  )
  const options = `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;`
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', options], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${own}`
  await until('nginx answers', async () => (await fetch(url)).status > 0)
  return {
    url,
    stop: async () => {
      const ended = once(child, 'exit')
      // A master that is killed leaves its workers behind.
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
