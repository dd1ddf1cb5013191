/** A component of a cloud: the words that name it and the resources it is made of. */
import type { TofuModule } from './module.ts';

export interface Component {
  readonly id: string;
  readonly names: RegExp;
  readonly make: (m: TofuModule) => void;
}
