import { ran } from '../../../../runs.ts'

export const POST = ran('endpoint below a layout')
