/** Renders a component again only when one of its properties changed, so that typing in one cell does not touch the others. */
import { Component, h, type ComponentChildren, type FunctionComponent } from 'preact';

export function memo<P extends object>(inner: FunctionComponent<P>): new (props: P) => Component<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return differs(this.props, next) || differs(next, this.props);
    }
    override render(): ComponentChildren {
      return h(inner, this.props);
    }
  };
}

function differs(a: object, b: object): boolean {
  return Object.entries(a).some(([key, value]) => !Object.is(value, Reflect.get(b, key)));
}
