import { layers as allLayers } from './layers/index.ts'
import { type Layer, type LayerContext, symptomOfThrown } from './layers/layer.ts'
import type { Mutant, Symptom } from './model.ts'

/** What one layer saw of a mutant. */
export interface LayerVerdict {
  readonly layer: string
  readonly symptoms: readonly Symptom[]
  readonly milliseconds: number
}

/** What became of a mutant. */
export interface MutantVerdict {
  readonly id: string
  readonly operator: string
  readonly fault: string
  /** Every layer that ran, in their order. */
  readonly layers: readonly LayerVerdict[]
}

/** Runs every layer on a mutant; none is spared because another one has killed it. */
export function judgeMutant(
  mutant: Mutant,
  context: LayerContext,
  layers: readonly Layer[] = allLayers,
): MutantVerdict {
  const { id, operator, fault, ground } = mutant
  const chosen = layers.filter(({ grounds }) => grounds === undefined || grounds.includes(ground))
  return { id, operator, fault, layers: chosen.map((layer) => runLayer(layer, mutant, context)) }
}

/** The layers that saw something. */
export function killersOf({ layers }: MutantVerdict): string[] {
  return layers.filter(({ symptoms }) => symptoms.length > 0).map(({ layer }) => layer)
}

function runLayer(layer: Layer, mutant: Mutant, context: LayerContext): LayerVerdict {
  const start = performance.now()
  const symptoms = attempt(layer, mutant, context)
  return { layer: layer.name, symptoms, milliseconds: performance.now() - start }
}

function attempt(layer: Layer, mutant: Mutant, context: LayerContext): readonly Symptom[] {
  try {
    return layer.run(mutant, context)
  } catch (error) {
    return [symptomOfThrown(`the layer ${layer.name}`, error)]
  }
}
