import { LitElement, css, html, nothing } from 'lit';
import { property, query } from 'lit/decorators.js';
import { LocaleController } from '../../controllers/locale-controller.ts';
import { defineElement } from '../../internal/define.ts';
import { takeKey } from '../../internal/keys.ts';
import { dress } from '../../internal/look/document-styles.ts';
import { controls } from '../../internal/look/styles.ts';
import { windowOf } from '../../internal/platform.ts';
import type { Tool } from '../toolbar.ts';

export interface MenuView {
  readonly rest: readonly Tool[];
  readonly onAction: (tool: Tool) => void;
  readonly onClose: () => void;
  /** True for emoji beside each other, instead of lines. */
  readonly isPalette?: boolean;
}

/** The space between the menu and its button, and between the menu and the edge of the window, in pixels. */
const GAP_PX = 8;

/**
 * The menu of a call: an inner element of `<video-call>`, there only while it is open. It stands in the top layer, so
 * that no box of the page cuts it off, and closes when anything else gets the focus or a press.
 */
export class Menu extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: contents;
      }
      .menu {
        position: fixed;
        inset: auto;
        margin: 0;
        min-inline-size: 13em;
        max-inline-size: calc(100vw - 16px);
        padding: 0.4em;
        overflow: auto;
        border: 1px solid var(--_line);
        border-radius: var(--_radius);
        background: var(--_raised);
        color: var(--_text);
        box-shadow: var(--_shadow);
      }
      button {
        display: flex;
        justify-content: start;
        gap: 0.8em;
        inline-size: 100%;
        min-block-size: 44px;
        padding-inline: 0.8em;
        white-space: normal;
        text-align: start;
      }
      button:focus {
        background: var(--_hover);
      }
      .mark {
        margin-inline-start: auto;
      }
      .palette {
        min-inline-size: 0;
        text-align: center;
      }
      .palette button {
        display: inline-flex;
        justify-content: center;
        inline-size: 44px;
        padding: 0;
        font-size: 1.5em;
      }
      /* Four beside each other. */
      .menu.palette {
        max-inline-size: calc(4 * 44px + 1.2em);
      }
      @media (forced-colors: active) {
        button {
          border-color: transparent;
        }
        button:focus {
          border-color: Highlight;
        }
      }
    `,
  ];

  @property({ attribute: false }) view!: MenuView;

  @query('.menu') private menu!: HTMLElement;

  #isClosed = false;
  /** Where the button was when the menu was placed, in pixels. */
  #top = 0;
  readonly #locale = new LocaleController(this);

  constructor() {
    super();
    dress(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const view = windowOf(this);
    view.addEventListener('resize', this.#onAway);
    view.addEventListener('pointerdown', this.#onAway, true);
    view.addEventListener('scroll', this.#onScroll, true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const view = windowOf(this);
    view.removeEventListener('resize', this.#onAway);
    view.removeEventListener('pointerdown', this.#onAway, true);
    view.removeEventListener('scroll', this.#onScroll, true);
    // The call may have removed the menu because it has nothing to show.
    this.#tellClosed();
  }

  protected override firstUpdated(): void {
    const { menu } = this;
    menu.showPopover?.();
    this.#place();
    this.#items[0]?.focus({ focusVisible: true } as FocusOptions);
  }

  override render() {
    const { rest, isPalette } = this.view;
    const name = this.#locale.term(isPalette ? 'callReact' : 'callMore');
    return html`<div class="menu ${isPalette ? 'palette' : ''}" part="menu" role="menu"
      popover="manual" aria-label=${name}
      @keydown=${this.#onKeydown} @focusout=${this.#onFocusOut}>${rest.map((tool) => this.#renderItem(tool))}</div>`;
  }

  #renderItem(tool: Tool) {
    const { action, label, icon, on, count, isBlocked } = tool;
    return html`<button type="button" part="menu-item ${action}-button${on ? ' button-on' : ''}${
      on === false ? ' button-off' : ''
    }" tabindex="-1"
      aria-disabled=${isBlocked || nothing}
      role=${on === undefined ? 'menuitem' : 'menuitemcheckbox'} aria-checked=${on ?? nothing}
      @click=${() => this.#choose(tool)}>${icon}<span>${label}</span>${
        count || on ? html`<span class="mark" part="count">${count || '✓'}</span>` : nothing
      }</button>`;
  }

  get #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('button')];
  }

  /** The button that opened the menu. */
  get #opener(): HTMLElement | null {
    const root = this.getRootNode() as ParentNode;
    const own = this.view.isPalette ? root.querySelector<HTMLElement>('.controls .react') : null;
    return own ?? root.querySelector('.controls .more');
  }

  /** Above the button if there is room for it, else below it, else over it; never outside the window. */
  #place(): void {
    const { menu } = this;
    const { innerHeight, innerWidth } = windowOf(this);
    const button = this.#opener?.getBoundingClientRect();
    if (!button) return;
    this.#top = button.top;
    const { width, height } = menu.getBoundingClientRect();
    const above = button.top - 2 * GAP_PX;
    const below = innerHeight - button.bottom - 2 * GAP_PX;
    const isAbove = above >= Math.min(height, below);
    // Between the button and the edge there may be too little room on both sides.
    const isEverywhere = height > Math.max(above, below);
    const beside = isAbove ? innerHeight - button.top : button.bottom;
    const left = Math.min(button.left + (button.width - width) / 2, innerWidth - width - GAP_PX);
    Object.assign(menu.style, {
      left: `${Math.max(left, GAP_PX)}px`,
      [isAbove ? 'bottom' : 'top']: `${isEverywhere ? GAP_PX : beside + GAP_PX}px`,
      maxHeight: `${innerHeight - 2 * GAP_PX}px`,
    });
  }

  /** Once: until the menu is gone, the call may have opened something else. */
  #tellClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.view.onClose();
  }

  #close(): void {
    this.#opener?.focus();
    this.#tellClosed();
  }

  #choose(tool: Tool): void {
    const { onAction } = this.view;
    this.#close();
    onAction(tool);
  }

  #step(by: number): void {
    const items = this.#items;
    const at = items.indexOf(this.shadowRoot!.activeElement as HTMLElement) + by;
    items.at(at % items.length)?.focus();
  }

  #onKeydown = (event: KeyboardEvent): void => {
    takeKey(event, {
      ArrowDown: () => this.#step(1),
      ArrowUp: () => this.#step(-1),
      ArrowRight: () => (this.view.isPalette ? this.#step(this.matches(':dir(rtl)') ? -1 : 1) : false),
      ArrowLeft: () => (this.view.isPalette ? this.#step(this.matches(':dir(rtl)') ? 1 : -1) : false),
      Home: () => this.#items[0]?.focus(),
      End: () => this.#items.at(-1)?.focus(),
      Escape: () => this.#close(),
      Tab: () => this.#close(),
    });
  };

  #onFocusOut = ({ relatedTarget }: FocusEvent): void => {
    if (relatedTarget && !this.shadowRoot!.contains(relatedTarget as Node)) this.#tellClosed();
  };

  /** The event of a scroll before the menu was placed comes later, and the button stays where it is. */
  #onScroll = (): void => {
    if (this.#opener?.getBoundingClientRect().top !== this.#top) this.#tellClosed();
  };

  #onAway = (event: Event): void => {
    const path = event.composedPath();
    // A press of the button closes the menu by itself.
    if (!path.includes(this) && !(this.#opener && path.includes(this.#opener))) this.#tellClosed();
  };
}

defineElement('sarangbang-menu', Menu);
