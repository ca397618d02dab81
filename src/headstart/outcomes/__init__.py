"""Outcomes: what came of a review.

Takes: what every room to the left knows about the findings of one review.
Gives: the picture by day, reports with the developer's reply, a public summary, an aggregate over all reviews.
Never: adds counts of different denominators, or publishes what is marked.
"""
