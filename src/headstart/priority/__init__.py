"""Priority: what first, by when, and why.

Takes: hits (who runs the affected thing), how far an asset can be reached, and what is known of the risk.
Gives: tasks in an order: what to do, by when, why, in words for somebody who has no security team; by CISA's table of
    BOD 26-04, as data.
Never: reads an unknown as "no": a deadline that depends on what is not known is a range, and its early end orders.
"""
