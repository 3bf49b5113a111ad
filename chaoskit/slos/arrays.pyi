# what arrays.py hands out
from numpy import *  # noqa: F403
from numpy import typing as typing  # noqa: ICN001
