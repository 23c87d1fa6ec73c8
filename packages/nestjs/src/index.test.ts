import 'reflect-metadata'
import type { ServerResponse } from 'node:http'
import { ApolloDriver } from '@nestjs/apollo'
import type { ApolloDriverConfig } from '@nestjs/apollo'
import { MercuriusDriver } from '@nestjs/mercurius'
import type { MercuriusDriverConfig } from '@nestjs/mercurius'
import type { ArgumentsHost, ExecutionContext, HttpException, INestApplication, ModuleMetadata } from '@nestjs/common'
import { Catch, Controller, Get, Injectable, Module, Param, Post, Sse, UseFilters } from '@nestjs/common'
import { APP_FILTER, NestFactory } from '@nestjs/core'
import { GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { createTestIssuer } from '@jobpass/testing'
import { from } from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import type { VerdictEvent, Workloads } from './index.ts'
import {
  createVerifier,
  githubActions,
  gitlab,
  memoryReplayStore,
  oneTime,
  Public,
  RequireWorkload,
  Workload,
  WorkloadAuthError,
  WorkloadException,
  WorkloadModule,
} from './index.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const trust = githubActions({ ownerId: '1234567' })
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const options = { audience, trust, fetch: issuer.fetch, onWarning: () => {} }
const good = await issuer.mint({ aud: audience })
const feature = await issuer.mint({ aud: audience, ref: 'refs/heads/dev' })

const running: INestApplication[] = []
afterEach(async () => {
  for (const app of running.splice(0)) await app.close()
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const platforms = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() }

/** Starts an application with a module for everybody, and these parts. */
async function start(
  parts: ModuleMetadata,
  verifier: Parameters<typeof WorkloadModule.forRoot>[0] | null = options,
  platform: keyof typeof platforms = 'Express',
  prepare: (app: INestApplication) => void = () => {},
): Promise<(path: string, token?: string, init?: RequestInit) => Promise<Answer>> {
  class AppModule {}
  const auth = verifier === null ? [] : [WorkloadModule.forRoot(verifier)]
  Module({ ...parts, imports: [...auth, ...(parts.imports ?? [])] })(AppModule)
  const app = await NestFactory.create(AppModule, platforms[platform](), { logger: false, abortOnError: false })
  running.push(app)
  prepare(app)
  await app.listen(0, '127.0.0.1')
  const origin = await app.getUrl()
  return async (path, token, init = {}) => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    const response = await fetch(`${origin}${path}`, { ...init, headers })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }
}

let runs = 0

@Controller()
class Deployments {
  @Post('deploy')
  @RequireWorkload(main)
  deploy(@Workload(githubActions) workload: Workloads['github-actions']): object {
    runs++
    return { repository: workload.repository, attempt: workload.runAttempt?.trim() }
  }

  @Get('whoami')
  whoami(@Workload() workload?: Workloads['github-actions']): object {
    runs++
    return { repository: workload?.repository ?? null }
  }

  @Public()
  @Get('healthz')
  health(@Workload() workload?: unknown): object {
    return { ok: true, workload: workload ?? null }
  }

  @Get('other')
  other(@Workload(gitlab) workload: unknown): object {
    return { workload }
  }

  @Get('projects/:name')
  @RequireWorkload((_workload, context: ExecutionContext) => {
    const { params } = context.switchToHttp().getRequest<{ params: { name: string } }>()
    return params.name === 'shop' ? main : undefined
  })
  project(@Param('name') name: string): object {
    runs++
    return { name }
  }

  @Sse('events')
  @RequireWorkload(main)
  events(): unknown {
    runs++
    return from([{ data: 'begun' }])
  }
}

describe.each(['Express', 'Fastify'] as const)('on %s', (platform) => {
  test('the guarded handler gets the workload', async () => {
    const call = await start({ controllers: [Deployments] }, options, platform)
    expect((await call('/deploy', good, { method: 'POST' })).body).toEqual({ repository: 'acme/shop', attempt: '1' })
  })

  test('a refusal is answered as documented, and the handler does not run', async () => {
    const call = await start({ controllers: [Deployments] }, options, platform)
    runs = 0

    const { status, headers, body } = await call('/deploy', feature, { method: 'POST' })

    expect([status, headers.get('content-type'), headers.get('cache-control'), runs]).toEqual([
      403,
      'application/problem+json',
      'no-store',
      0,
    ])
    expect(body).toMatchObject({ code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'dev' }] })
  })

  test('every handler needs a token, except public ones', async () => {
    const call = await start({ controllers: [Deployments] }, options, platform)
    runs = 0
    const missing = await Promise.all(['/whoami', '/projects/shop', '/events', '/other'].map((path) => call(path)))
    expect(missing.map(({ status }) => status)).toEqual([401, 401, 401, 401])
    expect(missing[0]?.headers.get('www-authenticate')).toBe('Bearer realm="jobpass"')
    expect(runs).toBe(0)
    expect(await call('/healthz')).toMatchObject({ status: 200, body: { ok: true, workload: null } })
  })

  test('a stream does not begin for a refused caller', async () => {
    const call = await start({ controllers: [Deployments] }, options, platform)
    runs = 0
    expect([(await call('/events', feature)).status, runs]).toEqual([403, 0])
    expect([(await call('/events', good)).status, runs]).toEqual([200, 1])
  })

  test('a function finds the rules by the parameters of the route', async () => {
    const call = await start({ controllers: [Deployments] }, options, platform)
    expect([(await call('/projects/shop', good)).status, (await call('/projects/x', good)).status]).toEqual([200, 403])
  })

  test('lesson I10: the challenge stands beside that of another scheme', async () => {
    const basic = (_request: unknown, response: ServerResponse, next: () => void): void => {
      response.setHeader('WWW-Authenticate', 'Basic realm="people"')
      next()
    }
    const call = await start({ controllers: [Deployments] }, options, platform, (app) => void app.use(basic))
    expect((await call('/whoami')).headers.get('www-authenticate')).toBe('Basic realm="people", Bearer realm="jobpass"')
  })

  test('a filter of the application sees the refusal as an HttpException with its cause', async () => {
    const caught: unknown[] = []
    @Catch()
    class Everything {
      catch(exception: HttpException, host: ArgumentsHost): void {
        caught.push(exception)
        const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>()
        response.status(exception.getStatus()).send({ mine: true })
      }
    }
    @UseFilters(Everything)
    @Controller()
    class Filtered {
      @Get('filtered')
      read(): string {
        return 'in'
      }
    }
    const call = await start({ controllers: [Filtered] }, options, platform)

    const { status, headers, body } = await call('/filtered')

    expect([status, body, headers.get('www-authenticate')]).toEqual([401, { mine: true }, null])
    const [exception] = caught as [WorkloadException]
    expect(exception).toBeInstanceOf(WorkloadException)
    expect(exception.message).toBe('This API needs the OIDC token of a CI job as Bearer token.')
    expect(exception.cause).toBeInstanceOf(WorkloadAuthError)
    expect(exception.getResponse()).toMatchObject({ code: 'token_missing' })
  })

  test('a filter that the application uses globally answers in place of the module', async () => {
    @Catch(WorkloadException)
    class Refusals {
      catch({ cause }: WorkloadException, host: ArgumentsHost): void {
        const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>()
        response.status(cause.status).send({ mine: cause.code })
      }
    }
    const useFilter = (app: INestApplication): void => void app.useGlobalFilters(new Refusals())
    const call = await start({ controllers: [Deployments] }, options, platform, useFilter)
    expect(await call('/whoami')).toMatchObject({ status: 401, body: { mine: 'token_missing' } })
  })

  test('a filter for everything that is a provider leaves refusals to the module', async () => {
    @Catch()
    class Everything {
      catch(): void {
        throw new Error('not for refusals')
      }
    }
    const filter = { provide: APP_FILTER, useClass: Everything }
    const call = await start({ controllers: [Deployments], providers: [filter] }, options, platform)
    expect(await call('/whoami')).toMatchObject({ status: 401, body: { code: 'token_missing' } })
  })
})

test('a guard without the module fails, and the handler does not run', async () => {
  const call = await start({ controllers: [Deployments] }, null)
  runs = 0
  expect([(await call('/deploy', good, { method: 'POST' })).status, runs]).toEqual([500, 0])
})

test('a parameter for another provider is a fault of the program', async () => {
  const call = await start({ controllers: [Deployments] })
  expect((await call('/other', good)).status).toBe(500)
})

test('an optional verifier admits calls without a token to handlers without rules', async () => {
  const call = await start({ controllers: [Deployments] }, { ...options, optional: true })
  expect((await call('/whoami')).body).toEqual({ repository: null })
  expect((await call('/deploy', undefined, { method: 'POST' })).status).toBe(401)
})

const other = githubActions({ repository: 'acme/other' })

@RequireWorkload(other)
@Controller('classes')
class Classes {
  @Get('of-class')
  ofClass(): string {
    return String(runs++)
  }

  @RequireWorkload(main)
  @Get('of-handler')
  ofHandler(): string {
    return 'handler'
  }

  @RequireWorkload(main)
  @RequireWorkload(githubActions({ repository: 'acme/shop', environment: 'production' }))
  @Get('of-both')
  ofBoth(): string {
    return String(runs++)
  }

  @Public()
  @Get('public')
  open(): string {
    return 'open'
  }
}

@Controller('inherited')
class Inherited extends Classes {}

test('rules of a handler replace those of its class, and several of one handler must all allow', async () => {
  const call = await start({ controllers: [Classes] })
  runs = 0
  const statuses = await Promise.all(
    ['of-class', 'of-handler', 'of-both'].map(async (path) => (await call(`/classes/${path}`, good)).status),
  )
  expect([statuses, runs]).toEqual([[403, 200, 403], 0])
})

test('a public handler of a class with rules is public, and needs no token', async () => {
  const call = await start({ controllers: [Classes] })
  expect(await call('/classes/public')).toMatchObject({ status: 200, body: 'open' })
})

@Public()
@Controller('open')
class Open {
  @Get()
  read(): string {
    return 'open'
  }

  @RequireWorkload(main)
  @Get('guarded')
  guarded(@Workload(githubActions) workload: Workloads['github-actions']): string {
    runs++
    return workload.branch ?? ''
  }
}

test('a handler with rules of a public class has its caller verified', async () => {
  const call = await start({ controllers: [Open] })
  runs = 0
  expect([(await call('/open')).status, (await call('/open/guarded')).status, runs]).toEqual([200, 401, 0])
  expect([(await call('/open/guarded', feature)).status, runs]).toEqual([403, 0])
  expect(await call('/open/guarded', good)).toMatchObject({ status: 200, body: 'main' })
})

test.each([
  [Public(), RequireWorkload(main)],
  [RequireWorkload(main), Public()],
])('a handler that is public and has rules is a TypeError where it is declared', (first, second) => {
  class Contradiction {
    read(): void {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Contradiction.prototype, 'read') as PropertyDescriptor
  first(Contradiction.prototype, 'read', descriptor)
  expect(() => second(Contradiction.prototype, 'read', descriptor)).toThrow('write one of them')
  first(Contradiction)
  expect(() => second(Contradiction)).toThrow(TypeError)
})

test('handlers that a class inherits keep their rules', async () => {
  const call = await start({ controllers: [Inherited] })
  runs = 0
  const statuses = await Promise.all(
    ['of-class', 'of-handler', 'of-both'].map(async (path) => (await call(`/inherited/${path}`, feature)).status),
  )
  expect([statuses, runs]).toEqual([[403, 403, 403], 0])
})

test('the options may come from a provider, and a verifier may be shared', async () => {
  @Injectable()
  class Config {
    readonly audience = audience
  }
  class ConfigModule {}
  Module({ providers: [Config], exports: [Config] })(ConfigModule)
  const events: VerdictEvent[] = []
  const auth = WorkloadModule.forRootAsync({
    imports: [ConfigModule],
    inject: [Config],
    useFactory: async (config: Config) =>
      createVerifier({ ...options, audience: config.audience, onVerdict: (event) => void events.push(event) }),
  })
  const call = await start({ imports: [auth], controllers: [Deployments] }, null)

  expect((await call('/deploy?x=1', good, { method: 'POST' })).status).toBe(201)
  expect(events.map(({ layer, allowed, request }) => [layer, allowed, request?.method, request?.path])).toEqual([
    ['trust', true, 'POST', '/deploy'],
    ['route', true, 'POST', '/deploy'],
  ])
})

test('options that are invalid fail the start of the application', async () => {
  const auth = WorkloadModule.forRootAsync({ useFactory: () => ({ trust }) as never })
  await expect(start({ imports: [auth] }, null)).rejects.toThrow(TypeError)
})

@Resolver()
class Releases {
  @Query(() => String)
  repository(@Workload() workload: Workloads['github-actions']): string {
    runs++
    return workload.repository ?? ''
  }

  @Query(() => String)
  branch(@Workload() workload: Workloads['github-actions']): string {
    runs++
    return workload.branch ?? ''
  }

  @Public()
  @Query(() => String)
  version(): string {
    return '1'
  }

  @RequireWorkload(main)
  @Mutation(() => String)
  release(@Workload(githubActions) workload: Workloads['github-actions']): string {
    runs++
    return workload.commit ?? ''
  }
}

const apollo = GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true })
const mercurius = GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, autoSchemaFile: true })

/** Each with its platform, and whether its errors show the response of an exception. */
const servers = {
  'Apollo on Express': [apollo, 'Express', true],
  'Apollo on Fastify': [apollo, 'Fastify', true],
  'Mercurius on Fastify': [mercurius, 'Fastify', false],
} as const

interface GraphQLAnswer {
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[]
}

describe.each(Object.entries(servers))('GraphQL by %s', (_, [schema, platform, shows]) => {
  const graphql = async (
    query: string,
    token?: string,
    verifier: Parameters<typeof start>[1] = options,
  ): Promise<GraphQLAnswer> => {
    const call = await start({ imports: [schema], providers: [Releases] }, verifier, platform)
    const headers = { 'content-type': 'application/json' }
    const { body } = await call('/graphql', token, { method: 'POST', headers, body: JSON.stringify({ query }) })
    return body as GraphQLAnswer
  }

  test('resolvers get the caller', async () => {
    expect((await graphql('mutation { release }', good)).data).toEqual({
      release: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
    })
  })

  test('a resolver of a refused caller does not run, and the error says why', async () => {
    runs = 0
    const { data, errors } = await graphql('mutation { release }', feature)
    const [{ message, extensions }] = errors as [NonNullable<GraphQLAnswer['errors']>[number]]
    expect([data, message, runs]).toEqual([null, 'No rule allows this workload.', 0])
    const problem = { code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'dev' }] }
    if (shows) expect(extensions).toMatchObject({ code: 'FORBIDDEN', originalError: problem })
    else expect(extensions).toBeUndefined()
  })

  test('without a token only public resolvers run', async () => {
    runs = 0
    expect(await graphql('{ version }')).toEqual({ data: { version: '1' } })
    const { data, errors } = await graphql('{ repository }')
    const messages = errors?.map(({ message }) => message)
    expect([data, messages, runs]).toEqual([null, ['This API needs the OIDC token of a CI job as Bearer token.'], 0])
  })

  test('the resolvers of one operation share one verification', async () => {
    const once = { ...options, trust: oneTime(trust), replay: { store: memoryReplayStore() } }
    expect((await graphql('{ repository branch }', good, once)).data).toEqual({
      repository: 'acme/shop',
      branch: 'main',
    })
  })
})

test.each([
  ['a provider that was not called', () => RequireWorkload(githubActions as never)],
  ['no rule', () => RequireWorkload(...([] as unknown as [never]))],
  ['no audience', () => WorkloadModule.forRoot({ trust } as never)],
])('%s is a TypeError at construction', (_, make) => {
  expect(make).toThrow(TypeError)
})

test('a message of another transport is refused with a reason', async () => {
  const { requestOf } = await import('./request.ts')
  const host = { getType: () => 'rpc' } as unknown as ArgumentsHost
  expect(() => requestOf(host)).toThrow("This is a message of type 'rpc' without one: mark its handler with @Public()")
})
