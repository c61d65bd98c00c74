import { migratorOperators } from '../migrators/operators.ts'
import { columnConstraintOperators } from './column-constraints.ts'
import { columnOperators } from './columns.ts'
import { foreignKeyOperators } from './foreign-keys.ts'
import { historyOperators } from './histories.ts'
import { indexOperators } from './indexes.ts'
import { keyOperators } from './keys.ts'
import type { Operator } from './operator.ts'
import { rebuildOperators } from './rebuilds.ts'
import { rowOperators } from './rows.ts'
import { tableOperators } from './tables.ts'

/** Every operator. Of two equal mutants, that of the earlier operator is kept. */
export const operators: readonly Operator[] = [
  ...columnOperators,
  ...columnConstraintOperators,
  ...keyOperators,
  ...foreignKeyOperators,
  ...indexOperators,
  ...tableOperators,
  ...historyOperators,
  ...rowOperators,
  ...rebuildOperators,
  ...migratorOperators,
]
