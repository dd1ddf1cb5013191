import { Catalogue, type TaskTypeInfo } from '../core/catalogue.ts';
import data from './generated/catalogue.json' with { type: 'json' };

/** The generated data of every task type (`npm run generate`). */
export const catalogue = new Catalogue(data as unknown as readonly TaskTypeInfo[]);
