/** The parts that a report can run, in the order in which it does. */
export const reportPartNames = [
  'history',
  'contracts',
  'upgrades',
  'findings',
  'mutation',
  'crash',
  'fuzz',
  'engines',
] as const
