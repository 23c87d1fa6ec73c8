import { ran } from '../../runs.ts'

export const POST = ran('endpoint behind a middleware')
