import { behaviourLayer } from './behaviour.ts'
import { contractsLayer } from './contracts.ts'
import { factsLayer } from './facts.ts'
import { faultsLayer } from './faults.ts'
import { goldenLayer } from './golden.ts'
import type { Layer } from './layer.ts'
import { pathsLayer } from './paths.ts'
import { rowsLayer } from './rows.ts'

/** Every layer, in the order of the columns of the kill matrix. */
export const layers: readonly Layer[] = [
  factsLayer,
  goldenLayer,
  pathsLayer,
  behaviourLayer,
  rowsLayer,
  contractsLayer,
  faultsLayer,
]
