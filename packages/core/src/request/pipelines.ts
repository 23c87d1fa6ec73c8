/** The pipelines of verifiers, and of middlewares that are made from options. */

import type { Trusted, VerifierOptions } from '../config/options.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import { compileConfig } from '../config/verifier-config.ts'
import { recognize } from '../util/copies.ts'
import { Pipeline } from './authenticate.ts'

const pipelines = new WeakMap<object, Pipeline>()
recognize((value) => pipelineOf(value) !== undefined)

/** Keeps the pipeline of a verifier. */
export function keepPipeline(verifier: object, pipeline: Pipeline): void {
  pipelines.set(verifier, pipeline)
}

/** The pipeline of a verifier; `undefined` for any other value. */
export function pipelineOf(verifier: unknown): Pipeline | undefined {
  return typeof verifier === 'object' && verifier !== null ? pipelines.get(verifier) : undefined
}

/** The compiled options of a verifier; `undefined` for any other value. */
export function configOf(verifier: unknown): VerifierConfig | undefined {
  return pipelineOf(verifier)?.config
}

/**
 * Makes a pipeline.
 *
 * @throws {TypeError} for bad options.
 */
export function newPipeline(options: VerifierOptions<Trusted, boolean>): Pipeline {
  return new Pipeline(compileConfig(options))
}
