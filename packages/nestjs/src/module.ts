/** The module of an application. */

import type { Verifier, VerifierOptions } from '@jobpass/core'
import { createAuthenticator } from '@jobpass/core/adapter'
import type { DynamicModule, FactoryProvider, ModuleMetadata } from '@nestjs/common'
import { Module } from '@nestjs/common'
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { WorkloadFilter } from './exception.ts'
import { binding, VerifierGuard } from './guards.ts'

/** Options of `WorkloadModule.forRootAsync()`. */
export interface WorkloadModuleOptions {
  /** Modules that provide what `inject` names. Default: none. */
  readonly imports?: ModuleMetadata['imports']
  /** What the function gets as arguments. Default: nothing. */
  readonly inject?: FactoryProvider['inject']
  /** Makes the options of the verifier, or a verifier. */
  readonly useFactory: (
    ...dependencies: readonly never[]
  ) => Verifier | VerifierOptions | Promise<Verifier | VerifierOptions>
}

/**
 * Verifies the caller of every handler of the application, except public ones. Import it once, in
 * the root module.
 *
 * @example
 * ```ts
 * const trust = githubActions({ ownerId: '1234567' })
 *
 * @Module({ imports: [WorkloadModule.forRoot({ audience: 'https://api.acme.dev', trust })] })
 * class AppModule {}
 * ```
 */
export class WorkloadModule {
  /**
   * The module with these options, or this verifier.
   *
   * @throws {TypeError} for invalid options.
   */
  static forRoot(options: Verifier | VerifierOptions): DynamicModule {
    const guard = new VerifierGuard(createAuthenticator(options, binding))
    return moduleWith({ useFactory: () => guard })
  }

  /**
   * The module with options that a function makes of other providers. Invalid options fail the
   * start of the application.
   *
   * @example
   * ```ts
   * const trust = githubActions({ ownerId: '1234567' })
   * const module = WorkloadModule.forRootAsync({
   *   useFactory: async () => ({ audience: 'https://api.acme.dev', trust }),
   * })
   * ```
   */
  static forRootAsync({ imports, inject, useFactory }: WorkloadModuleOptions): DynamicModule {
    const make = async (...dependencies: readonly never[]): Promise<VerifierGuard> =>
      new VerifierGuard(createAuthenticator(await useFactory(...dependencies), binding))
    return { ...moduleWith({ useFactory: make, inject: inject ?? [] }), imports: imports ?? [] }
  }
}

function moduleWith(guard: Pick<FactoryProvider, 'useFactory' | 'inject'>): DynamicModule {
  const filter = (host: HttpAdapterHost): WorkloadFilter => new WorkloadFilter(host)
  return {
    module: WorkloadModule,
    providers: [
      { provide: APP_GUARD, ...guard },
      { provide: APP_FILTER, useFactory: filter, inject: [HttpAdapterHost] },
    ],
  }
}

Module({})(WorkloadModule)
