import { ran } from '../runs.ts'

export const loader = ran('loader')
export const action = ran('action')
