import type { Rule } from '../finding.ts'
import { addColumnIllegal } from './add-column-illegal.ts'
import { changeUntested } from './change-untested.ts'
import { clauseLost } from './clause-lost.ts'
import { columnOrderDrift } from './column-order-drift.ts'
import { connectionFkOff } from './connection-fk-off.ts'
import { contractScans } from './contract-scans.ts'
import { danglingTrigger } from './dangling-trigger.ts'
import { danglingView } from './dangling-view.ts'
import { defaultIsText } from './default-is-text.ts'
import { defaultUnknownFunction } from './default-unknown-function.ts'
import { dqsLiteral } from './dqs-literal.ts'
import { expiryUnserved } from './expiry-unserved.ts'
import { expressionDefeatsIndex } from './expression-defeats-index.ts'
import { failsOnManyRows } from './fails-on-many-rows.ts'
import { fkCheckNeeded } from './fk-check-needed.ts'
import { fkChildUnindexed } from './fk-child-unindexed.ts'
import { fkMissingParent } from './fk-missing-parent.ts'
import { fkParentNotUnique } from './fk-parent-not-unique.ts'
import { floatTextPortability } from './float-text-portability.ts'
import { halfDone } from './half-done.ts'
import { insertSelectStar } from './insert-select-star.ts'
import { intPkNotRowid } from './int-pk-not-rowid.ts'
import { migrationFailsOnRows } from './migration-fails-on-rows.ts'
import {
  migrationStoresChance,
  migrationStoresClock,
  migrationStoresLocalTime,
} from './migration-stores-clock.ts'
import { minEngineVersion } from './min-engine-version.ts'
import { missingForeignKey } from './missing-foreign-key.ts'
import { nameAsText } from './name-as-text.ts'
import { oddAffinity } from './odd-affinity.ts'
import { pastedValue } from './pasted-value.ts'
import { pkNullable } from './pk-nullable.ts'
import { pragmaInTransaction } from './pragma-in-transaction.ts'
import { quadraticTime } from './quadratic-time.ts'
import { rebuildAutoincrementWatermark } from './rebuild-autoincrement-watermark.ts'
import { rebuildInTransactionCascade } from './rebuild-in-transaction-cascade.ts'
import { rebuildLostObjects } from './rebuild-lost-objects.ts'
import { redundantIndex } from './redundant-index.ts'
import { renameOldFirst } from './rename-old-first.ts'
import { replaceCascades } from './replace-cascades.ts'
import { replicaDiffers, replicaOrder } from './replica-differs.ts'
import { replicationRefuses } from './replication-refuses.ts'
import { rowLost } from './row-lost.ts'
import { secretInPlainText } from './secret-in-plain-text.ts'
import { stateLeftBehind, stateOutsideSchema } from './state-left-behind.ts'
import { statementWithoutEffect } from './statement-without-effect.ts'
import { tightenedConstraint } from './tightened-constraint.ts'
import { uniqueNullable } from './unique-nullable.ts'
import { untypedExpiry } from './untyped-expiry.ts'
import { unusedIndex } from './unused-index.ts'
import { columnSwapped, textCut, valueLost } from './value-lost.ts'

/** Every rule, in the order in which findings are shown: migrations, keys, foreign keys, columns, indexes, the rest. */
export const rules: readonly Rule[] = [
  addColumnIllegal,
  migrationFailsOnRows,
  failsOnManyRows,
  halfDone,
  quadraticTime,
  pastedValue,
  columnSwapped,
  valueLost,
  rowLost,
  textCut,
  tightenedConstraint,
  rebuildInTransactionCascade,
  rebuildLostObjects,
  clauseLost,
  rebuildAutoincrementWatermark,
  renameOldFirst,
  insertSelectStar,
  columnOrderDrift,
  stateLeftBehind,
  stateOutsideSchema,
  pragmaInTransaction,
  statementWithoutEffect,
  nameAsText,
  changeUntested,
  migrationStoresClock,
  migrationStoresChance,
  migrationStoresLocalTime,
  pkNullable,
  intPkNotRowid,
  uniqueNullable,
  fkMissingParent,
  fkParentNotUnique,
  fkChildUnindexed,
  missingForeignKey,
  connectionFkOff,
  fkCheckNeeded,
  replaceCascades,
  oddAffinity,
  untypedExpiry,
  expiryUnserved,
  contractScans,
  expressionDefeatsIndex,
  unusedIndex,
  redundantIndex,
  danglingView,
  danglingTrigger,
  defaultUnknownFunction,
  defaultIsText,
  dqsLiteral,
  minEngineVersion,
  floatTextPortability,
  replicaDiffers,
  replicaOrder,
  replicationRefuses,
  secretInPlainText,
]
