/** What a controller or resolver says of its callers. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import type { GuardRules, RuleResolver } from '@jobpass/core/adapter'
import { getWorkload, refuseOtherCopy, workloadOf } from '@jobpass/core/adapter'
import type { ExecutionContext } from '@nestjs/common'
import { createParamDecorator, SetMetadata, UseGuards } from '@nestjs/common'
import type { Callers } from './guards.ts'
import { callersKey, RulesGuard } from './guards.ts'
import { requestOf } from './request.ts'

/** @inline */
type Decorator = ClassDecorator & MethodDecorator

/** @inline */
type Resolver = RuleResolver<TrustRule<AnyWorkload>, ExecutionContext>

/**
 * Admits a call to a handler, or to all handlers of a class, if one of the rules allows its caller.
 * Rules of a handler replace those of its class. A function finds the rules for one call from the
 * workload and Nest's execution context.
 *
 * @throws {TypeError} for anything except rules, and next to `@Public()`.
 * @example
 * ```ts
 * const main = githubActions({ repository: 'acme/shop', branch: 'main' })
 *
 * @Controller('deployments')
 * class Deployments {
 *   @Post()
 *   @RequireWorkload(main)
 *   create(@Workload(githubActions) workload: WorkloadFrom<typeof githubActions>) {
 *     return { deployed: workload.commit }
 *   }
 * }
 * ```
 */
export function RequireWorkload(...rules: GuardRules | readonly [Resolver]): Decorator {
  const guard = new RulesGuard(rules)
  return declaring((before) => {
    if (before !== 'everyone') return [[...(before ?? []), guard], UseGuards(guard)]
    throw new TypeError(contradiction)
  })
}

/**
 * Leaves a handler, or all handlers of a class that say nothing else, open to everyone: nothing is
 * verified.
 *
 * @throws {TypeError} next to `@RequireWorkload()`.
 * @example
 * ```ts
 * @Public()
 * @Controller('healthz')
 * class Health {
 *   @Get()
 *   read() {
 *     return 'ok'
 *   }
 * }
 * ```
 */
export function Public(): Decorator {
  return declaring((before) => {
    if (before === undefined || before === 'everyone') return ['everyone']
    throw new TypeError(contradiction)
  })
}

const contradiction = '@Public() admits everyone, and @RequireWorkload() does not: write one of them'

/** A decorator that says who may call, from what was said of the same handler or class before. */
function declaring(
  say: (before: Callers | undefined) => readonly [callers: Callers, ...others: MethodDecorator[]],
): Decorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const on = (descriptor?.value as object | undefined) ?? target
    const [callers, ...others] = say(Reflect.getOwnMetadata(callersKey, on) as Callers | undefined)
    for (const decorate of [SetMetadata(callersKey, callers), ...others] as Decorator[])
      decorate(target as never, key as never, descriptor as never)
  }
}

/**
 * The verified caller, as a parameter of a handler. With a rule or provider, checked against it;
 * without, `undefined` on public handlers, and for calls without a token if the verifier is
 * optional.
 *
 * @throws {Error} for a caller that the rule or provider does not match, which is a mistake in the
 *   program.
 */
export const Workload: (wanted?: Parameters<typeof getWorkload>[1]) => ParameterDecorator = createParamDecorator(
  (wanted: Parameters<typeof getWorkload>[1] | undefined, context: ExecutionContext) => {
    const request = requestOf(context)
    if (wanted !== undefined) return getWorkload(request, wanted)
    const workload = workloadOf(request)
    if (workload === undefined) refuseOtherCopy(request)
    return workload
  },
)
