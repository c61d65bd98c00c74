export { tablesOfSnapshot } from './old-tables.ts'
export { steps } from './steps.ts'
