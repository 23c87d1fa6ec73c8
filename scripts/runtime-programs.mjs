/** The runtimes on which scripts run programs, and how. npm fetches Bun and Deno. */

import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import workerd from 'workerd'

/** Versions, as package.json has them. */
export const versions = { bun: '1.4.5', deno: '2.9.6' }

/** What Deno needs before the name of a program, to run it with the packages of its folder. */
export const denoFlags = ['run', '--no-prompt', '--no-lock', '--cached-only', '--node-modules-dir=manual']

/** Installs packages into a folder: versions or files by name. */
export function install(folder, dependencies, ...flags) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...flags]
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`npm cannot install ${Object.keys(dependencies).join(', ')}`)
}

/** The tarballs of packages by their names, as dependencies. */
export function tarballsOf(...packages) {
  const files = readdirSync('tarballs')
  return Object.fromEntries(
    packages.map((name) => {
      const file = files.find((each) => each.startsWith(`jobpass-${name}-`))
      return [`@jobpass/${name}`, `file:${resolve('tarballs', file)}`]
    }),
  )
}

/** Options of esbuild for Workers. */
export const forWorkers = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker', 'browser'],
}

/** A Worker in the configuration of workerd, made of one module. */
export const workerOf = (name, module, more = '') => `(name = "${name}", worker = (
      modules = [(name = "${module}", esModule = embed "${module}")],
      compatibilityDate = "2026-11-01",
      ${more}
    ))`

/** Lets Workers reach this machine. */
export const internet = '(name = "internet", network = (allow = ["public", "private"]))'

const configOf = (services, sockets) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')}
  ],
  sockets = [
    ${sockets.map((name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`).join(',\n    ')}
  ]
);`

/**
 * Serves services of a folder by workerd, those that are named on sockets of their names, and calls
 * back with the address of each socket. Returns what the callback returns.
 */
export async function withWorkerd(folder, { services, sockets }, use) {
  writeFileSync(join(folder, 'config.capnp'), configOf(services, sockets))
  // Start workerd itself: its launcher does not pass on the extra stream that reports the ports.
  const child = spawn(workerd.default, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  try {
    const addresses = {}
    for await (const chunk of child.stdio[3]) {
      for (const line of String(chunk).split('\n').filter(Boolean)) {
        const { socket, port } = JSON.parse(line)
        if (port !== undefined) addresses[socket] = `http://127.0.0.1:${port}`
      }
      if (sockets.every((name) => name in addresses)) return await use(addresses)
    }
    throw new Error('workerd did not start')
  } finally {
    child.kill()
  }
}
