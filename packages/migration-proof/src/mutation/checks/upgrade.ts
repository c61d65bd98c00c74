import { failureOf, type MutantCheck } from './mutant-check.ts'

/** All other checks look at what an upgrade has left behind, however it ended. */
export const upgrade: MutantCheck = {
  name: 'upgrade',
  keptBecause: 'it alone takes notice of an upgrade that fails',
  run: (mutant, { databases }) =>
    databases
      .listUpgrades(mutant, 'file')
      .flatMap(({ name, error }) => (error() === null ? [] : [failureOf(name, error())])),
}
