// Goal: shown by statements, error codes and query plans alone, a database of each version, made fresh or upgraded
// from a snapshot, does what is declared of its tables: columns, defaults, affinities, keys, references, cascades,
// the order of each index, the plan of each purge, known hazards; and it holds nothing of other versions.

import { describeUpgrades } from 'migration-proof/vitest'
import suite from '../../src/suite/index.ts'

describeUpgrades(suite, { parts: ['behaviour'] })
