import { runs } from '../../../runs.ts'

export const load = (): void => void runs.push('load of the page')
export const actions = { default: (): void => void runs.push('form action') }
