export { default } from './src/suite/index.ts'
