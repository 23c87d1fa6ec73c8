import 'reflect-metadata'
import type { RequestListener } from 'node:http'
import * as forNest from '@jobpass/nestjs'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import type { ArgumentsHost, ExceptionFilter, INestApplication } from '@nestjs/common'
import { Catch, Controller, HttpCode, Module, RequestMapping, RequestMethod, UseFilters } from '@nestjs/common'
import { HttpAdapterHost, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance } from 'fastify'
import { routesOf } from './routes.ts'

/** Controllers as a program declares them: decorators are functions. */
function controllersOf({ routes, recovers, handled }: ConformanceApp): readonly (new () => object)[] {
  return routesOf(routes).map(([method, path, guards]) => {
    class Route {
      handle(workload: unknown): unknown {
        handled()
        return { workload: workload ?? null }
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Route.prototype, 'handle') as PropertyDescriptor
    const decorators = [
      RequestMapping({ path, method: RequestMethod[method.toUpperCase() as 'GET'] }),
      HttpCode(200),
      ...guards.map((rules) => forNest.RequireWorkload(...(rules as unknown as [never]))),
      ...(recovers && path === '/whoami' ? [UseFilters(recoveryTo(handled))] : []),
    ]
    for (const decorate of decorators) decorate(Route.prototype, 'handle', descriptor)
    forNest.Workload()(Route.prototype, 'handle', 0)
    Controller()(Route)
    return Route
  })
}

/** The filter of an application that goes on without a caller. */
function recoveryTo(handled: () => void): ExceptionFilter {
  class Recovery implements ExceptionFilter {
    catch(_exception: unknown, host: ArgumentsHost): void {
      handled()
      const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>()
      response.status(200).send({ workload: null })
    }
  }
  Catch(forNest.WorkloadException)(Recovery)
  return new Recovery()
}

async function nestApp(app: ConformanceApp, platform: ExpressAdapter | FastifyAdapter): Promise<INestApplication> {
  class AppModule {}
  const imports = app.auth.map((options) => forNest.WorkloadModule.forRoot(options))
  Module({ imports, controllers: [...controllersOf(app)] })(AppModule)
  const nest = await NestFactory.create(AppModule, platform, { logger: false })
  await nest.init()
  return nest
}

const onExpress: Mount = async (app) => {
  const nest = await nestApp(app, new ExpressAdapter())
  return overHttp(nest.get(HttpAdapterHost).httpAdapter.getInstance<RequestListener>())
}

const onFastify: Mount = async (app) => {
  const nest = await nestApp(app, new FastifyAdapter())
  const instance = nest.get(HttpAdapterHost).httpAdapter.getInstance<FastifyInstance>()
  await instance.ready()
  return overHttp((request, response) => instance.routing(request, response))
}

export const nestMounts: Readonly<Record<string, Mount>> = {
  'NestJS on Express': onExpress,
  'NestJS on Fastify': onFastify,
}
