// The examples in the comments of the packages compile. They are parts of programs: what goes
// without saying there is said here.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as client from '@jobpass/client'
import * as undici from '@jobpass/client/undici'
import * as exchange from '@jobpass/exchange'
import * as express from '@jobpass/express'
import * as fastify from '@jobpass/fastify'
import * as hono from '@jobpass/hono'
import * as kms from '@jobpass/kms'
import * as koa from '@jobpass/koa'
import * as imports from '@jobpass/import'
import * as mcp from '@jobpass/mcp'
import * as nestjs from '@jobpass/nestjs'
import * as opentelemetry from '@jobpass/opentelemetry'
import * as policy from '@jobpass/policy'
import * as builtIn from '@jobpass/policy/built-in'
import * as file from '@jobpass/policy/file'
import * as publishers from '@jobpass/publishers'
import * as storesOnDurableObjects from '@jobpass/stores/durable-objects'
import * as storesOnDynamodb from '@jobpass/stores/dynamodb'
import * as storesOnPostgres from '@jobpass/stores/postgres'
import * as storesOnRedis from '@jobpass/stores/redis'
import * as storesOnSqlite from '@jobpass/stores/sqlite'
import * as testingStores from '@jobpass/testing/stores'
import * as conformance from '@jobpass/testing/conformance'
import * as testing from '@jobpass/testing/node'
import { expect, test } from 'vitest'
import { root } from './pages.ts'

interface Example {
  /** Path of the file from the root, and the line: `packages/core/src/index.ts:9`. */
  readonly place: string
  readonly code: string
}

const examples: readonly Example[] = readdirSync(`${root}packages`).flatMap((name) => {
  const folder = `packages/${name}/src`
  // `jobpass` is another name of a package.
  if (!existsSync(root + folder)) return []
  const files = readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
  return files.filter((each) => /(?<!\.test|-d)\.ts$/.test(each)).flatMap((each) => examplesOf(`${folder}/${each}`))
})

function examplesOf(path: string): readonly Example[] {
  const text = readFileSync(root + path, 'utf8')
  return Array.from(text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms), ({ index, 1: lines = '' }) => ({
    place: `${path}:${text.slice(0, index).split('\n').length}`,
    code: lines.replaceAll(/^ *\* ?/gm, ''),
  }))
}

/** Modules whose names the examples use, later ones where earlier ones have no such name. */
const modules: Readonly<Record<string, object>> = {
  '@jobpass/exchange': exchange,
  '@jobpass/import': imports,
  '@jobpass/kms': kms,
  '@jobpass/opentelemetry': opentelemetry,
  '@jobpass/policy': policy,
  '@jobpass/policy/file': file,
  '@jobpass/policy/built-in': builtIn,
  '@jobpass/publishers': publishers,
  '@jobpass/stores/durable-objects': storesOnDurableObjects,
  '@jobpass/stores/dynamodb': storesOnDynamodb,
  '@jobpass/stores/postgres': storesOnPostgres,
  '@jobpass/stores/redis': storesOnRedis,
  '@jobpass/stores/sqlite': storesOnSqlite,
  '@jobpass/testing/stores': testingStores,
  '@jobpass/testing/node': testing,
  '@jobpass/testing/conformance': conformance,
  '@jobpass/client': client,
  '@jobpass/client/undici': undici,
}

/** What an application of each framework has. */
const frameworks = {
  express: {
    names: express,
    given: `
import type { Endpoint, WorkloadFrom } from '@jobpass/express'
import type { ErrorRequestHandler } from 'express'
declare const app: import('express').Express
declare global { namespace Express { interface Request { user?: { name: string } } } }
declare const req: import('express').Request
declare const handler: import('express').RequestHandler
declare const sessionAuth: import('express').RequestHandler`,
  },
  koa: {
    names: koa,
    given: `
declare const app: import('koa')
declare const router: import('@koa/router').Router
declare const handler: import('koa').Middleware
declare const sessionAuth: import('koa').Middleware<{ user: { name: string } }>`,
  },
  hono: {
    names: hono,
    given: `
declare const app: import('hono').Hono<{ Variables: { workload: import('@jobpass/hono').AnyWorkload; user: { name: string } } }>
declare const handler: import('hono').Handler
declare const sessionAuth: import('hono').MiddlewareHandler<{ Variables: { user: { name: string } } }>`,
  },
  fastify: {
    names: fastify,
    given: `
declare const app: import('fastify').FastifyInstance
declare module 'fastify' { interface FastifyRequest { user?: { name: string } } }
declare const handler: import('fastify').RouteHandler
declare const sessionAuth: import('fastify').onRequestHookHandler`,
  },
  nestjs: {
    names: nestjs,
    given: `
import type { WorkloadFrom } from '@jobpass/nestjs'
import { Controller, Get, Module, Post } from '@nestjs/common'`,
  },
  mcp: {
    names: mcp,
    given: `
import { McpServer } from '@modelcontextprotocol/server'
declare const app: import('express').Express
declare const handler: import('@modelcontextprotocol/server').McpHttpHandler`,
  },
}

/** What every example may use. */
const given = `
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { KMS } from '@aws-sdk/client-kms'
import { KeyClient } from '@azure/keyvault-keys'
import Database from 'better-sqlite3'
import { Pool } from 'pg'
import * as redis from 'redis'
import type { Mount } from '@jobpass/testing/conformance'
import type { EndpointRequest, VerdictEvent, Verifier, WorkloadIdentity } from '@jobpass/core'
import { test } from 'vitest'
const [audience, aud] = ['https://api.acme.dev', 'https://api.acme.dev']
const trust = githubActions({ ownerId: '1234567' })
declare const env: { CLAIMS: import('@jobpass/stores/durable-objects').ReplayNamespace }
declare const token: string
declare const signingKey: string
declare const log: { error(text: string): void; warn(text: string): void; info(text: string): void }
declare const mount: Mount
declare const credential: ConstructorParameters<typeof KeyClient>[1]
declare const KeyManagementServiceClient: new () => import('@jobpass/kms').GcpKms
declare const request: EndpointRequest
declare const database: { tenantOf(issuer: string): Promise<{ id: number; group: string } | undefined> }
declare const verifier: Verifier
declare const publishers: import('@jobpass/publishers').Publishers
declare const form: import('@jobpass/publishers').NewPublisher
declare const managerOf: (
  credentials: readonly string[],
  project: string,
) => Promise<import('@jobpass/publishers').Manager | undefined>
const store = memoryReplayStore()
const policy = loadPolicy({ rules: { deploy: [] } }, { providers: [githubActions] })
const issuer = await createTestIssuer(githubActions)
const server = await (await createTestIssuer(githubActions)).listen()
declare const workload: WorkloadIdentity
const acmeCi = defineProvider({
  id: 'acme-ci',
  title: 'Acme CI',
  issuer: 'https://ci.acme.dev',
  algorithms: ['ES256'],
  claims: { team_id: 'id' },
  identity: { ownerId: 'team_id' },
  pins: ['ownerId'],
})
`

/** A module of the example, in which every name has its meaning. */
function programOf({ place, code }: Example): string {
  const [, own = ''] = /^packages\/(\w+)\//.exec(place) ?? []
  const { names, given: ofFramework } = frameworks[own as keyof typeof frameworks] ?? frameworks.express
  const imported = Array.from(code.matchAll(/^import \{ (.*) \}/gm), ([, names = '']) => names.split(', ')).flat()
  const declared = new Set(Array.from(code.matchAll(/\b(?:const|let|function|class) \{? ?(\w+)/g), ([, name]) => name))
  for (const name of imported) declared.add(name)
  const taken = new Set(declared)
  const imports = Object.entries({ [`@jobpass/${own in frameworks ? own : 'express'}`]: names, ...modules }).map(
    ([from, module]) => {
      const found = Object.keys(module).filter((name) => !taken.has(name))
      for (const name of found) taken.add(name)
      return `import { ${found.join(', ')} } from '${from}'`
    },
  )
  const statements = `${given}${ofFramework}`.split(/\n(?=\w)/).filter((statement) => {
    const [, name] = /^(?:declare )?const (\w+)/.exec(statement) ?? []
    return name === undefined || !declared.has(name)
  })
  return [...imports, ...statements, `// ${place}`, code, 'export {}'].join('\n')
}

test('every example compiles', () => {
  expect(examples.length).toBeGreaterThanOrEqual(90)
  // Inside of the repository, so that packages are found.
  const folder = mkdtempSync(join(root, 'test/documentation/.programs-'))
  try {
    for (const [index, example] of examples.entries()) writeFileSync(`${folder}/${index}.ts`, programOf(example))
    const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false }
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
    )
    const tsc = `${root}node_modules/typescript/bin/tsc`
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    const placed = stdout.replaceAll(/^.*?(\d+)\.ts/gm, (_, index: string) => examples[Number(index)]?.place ?? '')
    expect(placed).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
