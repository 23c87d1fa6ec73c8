import { runs } from './runs.ts'

/** What ran since it was asked last. */
export const loader = (): Response => Response.json(runs.splice(0))
