import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Model } from '../model/model.js';

export const ModelContext = createContext<Model | null>(null);

/** The model of the tree that a view stands in. */
export function useModel(): Model {
  const model = useContext(ModelContext);
  if (model === null) throw new Error('a view stands outside of ModelContext');
  return model;
}
