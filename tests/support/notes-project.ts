export { library } from '../../packages/migration-proof/tests/support/notes-project.ts'
